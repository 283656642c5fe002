case
    {%- if is_comparable %}
    when
        computed.${identifier} is not null
        and published.${identifier} is not null
        and not (
            (computed.${first_event} is null) <> (published.${first_event} is null)
            $differs
        )
        then published.${updated_at}
    {%- endif %}
    when
        computed.${first_event} is not null
        or published.${identifier} is not null
        {%- if removed is not none %}
        or gone.removed_at is not null
        {%- endif %}
        then now_publishing.updated_at
end as ${updated_at},
