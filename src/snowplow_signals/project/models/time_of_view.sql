case
    when
        computed.${first_event} is null
        {%- if '$first_event' in found.columns %}
        and published.${first_event} is null
        {%- endif %}
        {%- if removed is not none %}
        and gone.removed_at is null
        {%- endif %}
        then {{ 'published.$updated_at' if '$updated_at' in found.columns else 'cast(null as $timestamp)' }}
    {%- if signals_lacks(found.columns, [
        $reads
    ]) is none %}
    when
        computed.${first_event} is not null
        and published.${first_event} is not null
        and not (
            published.signals_copies > 1
            $differs
        )
        then published.${updated_at}
    {%- endif %}
    else now_publishing.updated_at
end as ${updated_at},
