"""Scripts that Redis runs atomically."""

SWEEP = """
-- removes those of some profiles that were written at another time, or changed before; returns the cursor to go on from
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

_ERASING = """
-- KEYS: keys of views, who is erased, versions, positions, unswept, agreement; ARGV[1]: what all keys begin with
local function member(scope, digest) return scope .. '\\0' .. digest end
local function version(scope, digest)
    local kept = redis.call('hget', KEYS[3], member(scope, digest))
    if kept then return tonumber(string.match(kept, '^%d+')) end
    return redis.call('hexists', ARGV[1] .. 'erased:' .. scope, digest)
end
-- how many are erased from a scope: one count too few or too many shows that a key was lost, or put back
local function count(scope, change)
    local name = 'erased:' .. scope
    if redis.call('hexists', KEYS[6], name) == 1 then
        redis.call('hincrby', KEYS[6], name, change)
    else
        redis.call('hset', KEYS[6], name, redis.call('hlen', ARGV[1] .. name))
    end
end
local function views(scope)
    local found, all = {scope}, redis.call('hgetall', KEYS[1])
    for place = 1, #all, 2 do
        if 'key:' .. all[place + 1] == scope then found[#found + 1] = all[place] end
    end
    return found
end
-- keeps a version that is higher than what is known; those who are restored are held back no more
local function remember(scope, digest, number, at, swept)
    local person, erased = member(scope, digest), ARGV[1] .. 'erased:' .. scope
    local last = redis.call('zrange', KEYS[4], -1, -1, 'withscores')[2] or 0
    local position = math.max(redis.call('hget', KEYS[6], 'position') or 0, last) + 1
    redis.call('hset', KEYS[6], 'position', position)
    redis.call('hset', KEYS[3], person, number .. ' ' .. at)
    redis.call('zadd', KEYS[4], position, person)
    redis.call('zrem', KEYS[5], person)
    if number % 2 == 1 then
        count(scope, redis.call('hset', erased, digest, at))
        if not swept then redis.call('zadd', KEYS[5], position, person) end
    else
        count(scope, 0 - redis.call('hdel', erased, digest))
        for _, view in ipairs(views(scope)) do
            redis.call('hdel', ARGV[1] .. 'withheld:' .. view, digest)
        end
    end
end
"""

ERASE = (
    _ERASING
    + """
-- scope, what a row held back is kept as; digest, time, least version, identifier of each; returns how many went
local scope, removed, found = ARGV[2], 0, views(ARGV[2])
for place = 4, #ARGV, 4 do
    local digest, known = ARGV[place], version(scope, ARGV[place])
    local number = math.max(known % 2 == 1 and known or known + 1, tonumber(ARGV[place + 2]))
    if number > known then remember(scope, digest, number, ARGV[place + 1], true) end
    for _, view in ipairs(found) do
        if redis.call('hdel', ARGV[1] .. 'profiles:' .. view, ARGV[place + 3]) == 1 then
            redis.call('hset', ARGV[1] .. 'withheld:' .. view, digest, ARGV[3])
            removed = removed + 1
        end
    end
end
return removed
"""
)

RESTORE = (
    _ERASING
    + """
-- scope; digest, least version of each; returns who was erased
local scope, erased = ARGV[2], {}
for place = 3, #ARGV, 2 do
    local digest, known = ARGV[place], version(scope, ARGV[place])
    local number = math.max(known % 2 == 1 and known + 1 or known, tonumber(ARGV[place + 1]))
    if number > known then remember(scope, digest, number, '0', true) end
    if known % 2 == 1 then erased[#erased + 1] = digest end
end
return erased
"""
)

LEARN = (
    _ERASING
    + """
-- scope, digest, version, time of each
for place = 2, #ARGV, 4 do
    local scope, digest, known = ARGV[place], ARGV[place + 1], version(ARGV[place], ARGV[place + 1])
    local number = math.max(tonumber(ARGV[place + 2]), known)
    -- one that is known, but not to who writes, was put back in part
    local fits = redis.call('hexists', ARGV[1] .. 'erased:' .. scope, digest) == known % 2
    if number > known or not fits or not redis.call('zscore', KEYS[4], member(scope, digest)) then
        remember(scope, digest, number, ARGV[place + 3], false)
    end
end
"""
)

IS_WHOLE = """
-- whether the keys about erasures fit each other: a server that throws keys away throws away one at a time
if redis.call('hlen', KEYS[3]) ~= redis.call('zcard', KEYS[4]) then return 0 end
local all, counted = redis.call('hgetall', KEYS[6]), false
for place = 1, #all, 2 do
    local scope = string.match(all[place], '^erased:(.*)$')
    if scope then
        counted = true
        if redis.call('hlen', ARGV[1] .. 'erased:' .. scope) ~= tonumber(all[place + 1]) then return 0 end
    end
end
return (counted or redis.call('hlen', KEYS[3]) == 0) and 1 or 0
"""

REPAIR = """
-- makes the keys about erasures fit each other again; the rest is learned from the ledger, as if for the first time
local counts = {}
redis.call('hdel', KEYS[6], 'store', 'token', 'ledger_position', 'store_position')
local last = tonumber(redis.call('zrange', KEYS[4], -1, -1, 'withscores')[2] or 0)
local position = math.max(redis.call('hget', KEYS[6], 'position') or 0, last)
for _, person in ipairs(redis.call('zrange', KEYS[4], 0, -1)) do
    if redis.call('hexists', KEYS[3], person) == 0 then
        local scope, digest = string.match(person, '^(%Z*)%z(.*)$')
        local at = redis.call('hget', ARGV[1] .. 'erased:' .. scope, digest)
        if at then redis.call('hset', KEYS[3], person, '1 ' .. at) else redis.call('zrem', KEYS[4], person) end
    end
end
local all = redis.call('hgetall', KEYS[3])
for place = 1, #all, 2 do
    local person, number, at = all[place], string.match(all[place + 1], '^(%d+) (-?%d+)')
    local scope, digest = string.match(person, '^(%Z*)%z(.*)$')
    local erased = ARGV[1] .. 'erased:' .. scope
    if not redis.call('zscore', KEYS[4], person) then
        position = position + 1
        redis.call('zadd', KEYS[4], position, person)
    end
    if tonumber(number) % 2 == 1 then
        redis.call('hset', erased, digest, at)
        -- who is erased may have come back meanwhile
        redis.call('zadd', KEYS[5], redis.call('zscore', KEYS[4], person), person)
    else
        redis.call('hdel', erased, digest)
    end
    counts[scope] = true
end
redis.call('hset', KEYS[6], 'position', position)
for scope in pairs(counts) do
    redis.call('hset', KEYS[6], 'erased:' .. scope, redis.call('hlen', ARGV[1] .. 'erased:' .. scope))
end
"""

AGAIN = """
-- whoever is erased from a scope is to be removed once more: a view has come to it
for _, digest in ipairs(redis.call('hkeys', ARGV[1] .. 'erased:' .. ARGV[2])) do
    local person = ARGV[2] .. '\\0' .. digest
    redis.call('zadd', KEYS[5], redis.call('zscore', KEYS[4], person) or 0, person)
end
"""

NAMES = """
-- the identifiers of some profiles, and the cursor to go on from; what else is in them stays in the server
local answer, names = redis.call('hscan', KEYS[1], ARGV[1], 'count', ARGV[2]), {}
for place = 1, #answer[2], 2 do
    names[#names + 1] = answer[2][place]
end
return {answer[1], names}
"""
