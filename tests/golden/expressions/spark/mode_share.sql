-- attributes_this_run
case
    when abs(cast(mode_share_of_lifetime_collected.collected as float)) < double('infinity')
        then cast(mode_share_of_lifetime_collected.collected as float)
end as mode_share_of_lifetime
