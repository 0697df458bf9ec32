-- Takes a fact into a user's context, where it is newer than what is known. All keys carry the user's hash tag.
-- KEYS[1] the context: hash, field "{kind}:{entity}|live" or "|end" -> "{order} {fact JSON}", and _version, _updatedAt
-- KEYS[2] its tombstones: sorted set, event time in ms -> "{kind}:{entity}"
-- ARGV[1] "{kind}:{entity}"
-- ARGV[2] phase: live or end
-- ARGV[3] order: its ordinal comparison is the order of facts of one phase
-- ARGV[4] fact JSON
-- ARGV[5] event time in ms
-- ARGV[6] life of a tombstone in ms
-- ARGV[7] 1 where it comes from state in storage: true, however old
-- Answers 1 where the fact was taken, 0 where it is known or older than what is known, -1 where it is too old to tell.
local context, tombstones = KEYS[1], KEYS[2]
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local oldest = now - tonumber(ARGV[6])

-- The end of its entity may be forgotten already: it must not come back to life.
if ARGV[7] ~= '1' and tonumber(ARGV[5]) <= oldest then
  return -1
end

-- The order has digits, lower-case hex and dots only, and is compared byte by byte: Lua's "<" depends on the locale.
local function less(left, right)
  for index = 1, math.min(#left, #right) do
    local l, r = string.byte(left, index), string.byte(right, index)
    if l ~= r then
      return l < r
    end
  end
  return #left < #right
end

local field = ARGV[1] .. '|' .. ARGV[2]
local known = redis.call('HGET', context, field)
if known and not less(string.match(known, '^%S+'), ARGV[3]) then
  return 0
end
-- Before the fact, which comes last: where a try stops, the fact is not known, and the next try takes it whole.
if ARGV[2] == 'end' then
  -- Never far ahead: what others date there would never be forgotten.
  redis.call('ZADD', tombstones, string.format('%.0f', math.min(tonumber(ARGV[5]), now + 86400000)), ARGV[1])
end
local version = (tonumber(redis.call('HGET', context, '_version')) or 0) + 1
local updated = math.max(tonumber(redis.call('HGET', context, '_updatedAt')) or tonumber(ARGV[5]), tonumber(ARGV[5]))
-- In one command, so that the version changes with the fact.
redis.call('HSET', context, field, ARGV[3] .. ' ' .. ARGV[4], '_version', string.format('%.0f', version), '_updatedAt', string.format('%.0f', updated))

if ARGV[2] == 'end' then
  -- The tombstone goes last: as long as it is there, the next end completes what is left.
  for _, entity in ipairs(redis.call('ZRANGEBYSCORE', tombstones, '-inf', string.format('%.0f', oldest), 'LIMIT', 0, 100)) do
    redis.call('HDEL', context, entity .. '|live', entity .. '|end')
    redis.call('ZREM', tombstones, entity)
  end
end
return 1
