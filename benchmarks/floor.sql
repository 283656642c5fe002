-- Reading each column that group.py needs of the rows between the variables loaded_from and loaded_before, once.
select
    count(*),
    sum(strlen(event_id)),
    sum(strlen(domain_userid)),
    max(load_tstamp),
    max(collector_tstamp),
    max(derived_tstamp),
    sum(strlen(event_vendor)),
    sum(strlen(event_name)),
    sum(strlen(event_version)),
    sum(strlen(unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplow_ecommerce_action_1.type)),
    sum(contexts_com_snowplowanalytics_snowplow_ecommerce_product_1[1].price),
    sum(strlen(contexts_com_snowplowanalytics_snowplow_ecommerce_product_1[1].category)),
    sum(strlen(mkt_source)),
    sum(strlen(contexts_nl_basjes_yauaa_context_1[1].device_class)),
    sum(strlen(geo_country))
from atomic.events
where load_tstamp >= getvariable('loaded_from') and load_tstamp < getvariable('loaded_before')
