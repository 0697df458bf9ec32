-- Puts a fact into a user's context if it is newer than the stored one. All keys carry the user's hash tag.
-- KEYS[1] the context: hash, field "{kind}:{entity}|live" or "|end" -> "{order} {fact JSON}", and _version, _updatedAt
-- KEYS[2] its tombstones: sorted set, event time in ms -> "{kind}:{entity}"
-- ARGV[1] "{kind}:{entity}"
-- ARGV[2] phase: live or end
-- ARGV[3] order: its ordinal comparison is the order of facts of one phase
-- ARGV[4] fact JSON
-- ARGV[5] event time in ms
-- ARGV[6] life of a tombstone in ms
-- ARGV[7] 1 if it comes from state in storage, which counts at any age
-- Returns 1 if the fact was taken, 0 if it is known or older than the stored one, -1 if it is too old to decide.
local context, tombstones = KEYS[1], KEYS[2]
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local oldest = now - tonumber(ARGV[6])

-- The tombstone of the entity may be gone already, and a deleted entity must not return.
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
-- Write the fact last. If a try stops before, the fact is unknown and the next try takes it completely.
if ARGV[2] == 'end' then
  -- Never far ahead: a tombstone dated there would never expire.
  redis.call('ZADD', tombstones, string.format('%.0f', math.min(tonumber(ARGV[5]), now + 86400000)), ARGV[1])
end
local version = (tonumber(redis.call('HGET', context, '_version')) or 0) + 1
local updated = math.max(tonumber(redis.call('HGET', context, '_updatedAt')) or tonumber(ARGV[5]), tonumber(ARGV[5]))
-- One command, so that the version changes together with the fact.
redis.call('HSET', context, field, ARGV[3] .. ' ' .. ARGV[4], '_version', string.format('%.0f', version), '_updatedAt', string.format('%.0f', updated))

if ARGV[2] == 'end' then
  -- Delete the tombstone last. While it exists, the next end completes the rest.
  for _, entity in ipairs(redis.call('ZRANGEBYSCORE', tombstones, '-inf', string.format('%.0f', oldest), 'LIMIT', 0, 100)) do
    redis.call('HDEL', context, entity .. '|live', entity .. '|end')
    redis.call('ZREM', tombstones, entity)
  end
end
return 1
