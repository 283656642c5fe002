"""What Redis does by itself in one piece."""

SWEEP = """
-- removes those of some profiles that were written at another time, or changed before; gives the cursor to go on from
if ARGV[5] ~= '' and redis.call('get', KEYS[2]) ~= ARGV[5] then
    return nil
end
local answer = redis.call('hscan', KEYS[1], ARGV[1], 'count', ARGV[2])
local at, gone, removed = tonumber(ARGV[4]), {}, 0
for place = 1, #answer[2], 2 do
    -- microseconds since 1970 are exact as Lua's numbers until the year 2255
    local synced, changed = struct.unpack('>i8i8', answer[2][place + 1])
    if ARGV[3] == 'changed before' and changed < at or ARGV[3] ~= 'changed before' and synced ~= at then
        gone[#gone + 1] = answer[2][place]
    end
end
for place = 1, #gone, 1000 do
    removed = removed + redis.call('hdel', KEYS[1], unpack(gone, place, math.min(place + 999, #gone)))
end
return {answer[1], removed}
"""

ACQUIRE = """
-- takes the lease if nobody holds it, or one who is known to have ended
local holder = redis.call('get', KEYS[1])
if holder and holder ~= ARGV[3] then
    return 0
end
redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2])
return 1
"""

RENEW = """
if redis.call('get', KEYS[1]) ~= ARGV[1] then
    return 0
end
redis.call('pexpire', KEYS[1], ARGV[2])
return 1
"""

RELEASE = """
if redis.call('get', KEYS[1]) == ARGV[1] then
    redis.call('del', KEYS[1])
end
"""
