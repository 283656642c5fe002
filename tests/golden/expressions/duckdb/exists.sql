-- attributes_this_run
'domain_userid', 'exists_last_7_days', 'exists_of_lifetime', 'updated_at'
coalesce(merged.count_events_last_7_days, 0) > 0 as exists_last_7_days
coalesce(merged.count_transaction, 0) > 0 as exists_of_lifetime
when
    published.signals_copies > 1
    or published.exists_last_7_days is distinct from computed.exists_last_7_days
    or published.exists_of_lifetime is distinct from computed.exists_of_lifetime
    then 'changed'
