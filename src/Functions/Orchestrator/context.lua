-- Takes a fact into a user's context, where it is newer than what is known. All keys carry the user's hash tag.
-- KEYS[1] the context: hash, field "{kind}:{entity}|live" or "|end" -> "{order} {fact JSON}", or "~" where the fact gave way; and
--         _version, _updatedAt, _bytes (of all facts with their fields) and _floor (the newest end that gave way, in ms)
-- KEYS[2] its tombstones: sorted set, event time in ms -> "{kind}:{entity}"
-- ARGV[1] "{kind}:{entity}"
-- ARGV[2] phase: live or end
-- ARGV[3] order: its ordinal comparison is the order of facts of one phase
-- ARGV[4] fact JSON
-- ARGV[5] event time in ms
-- ARGV[6] life of a tombstone in ms
-- ARGV[7] 1 where it comes from state in storage: true, however old
-- ARGV[8] most bytes of facts: ended entities give way, never living ones
-- ARGV[9] most ended entities whose facts are kept
-- Answers 1 where the fact was taken, 2 where it was taken and living entities now need more than ARGV[8], 0 where it is known or older
-- than what is known, -1 where it is too old to tell.
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

-- Comes after every order, so that no late fact takes the place of one that gave way.
local gaveWay = '~'

local function size(field, value)
  if not value or value == gaveWay then
    return 0
  end
  return #field + #value
end

local field = ARGV[1] .. '|' .. ARGV[2]
local known = redis.call('HGET', context, field)
if known and not less(string.match(known, '^%S+'), ARGV[3]) then
  return 0
end
-- Never far ahead: what others date there would never be forgotten.
local ended = math.min(tonumber(ARGV[5]), now + 86400000)
-- Before the fact, which comes last: where a try stops, the fact is not known, and the next try takes it whole.
if ARGV[2] == 'end' then
  redis.call('ZADD', tombstones, string.format('%.0f', ended), ARGV[1])
end
local version = (tonumber(redis.call('HGET', context, '_version')) or 0) + 1
local updated = math.max(tonumber(redis.call('HGET', context, '_updatedAt')) or tonumber(ARGV[5]), tonumber(ARGV[5]))
local before = tonumber(redis.call('HGET', context, '_bytes')) or 0
local floor = tonumber(redis.call('HGET', context, '_floor'))
local value = ARGV[3] .. ' ' .. ARGV[4]
local bytes = before + size(field, value) - size(field, known)
-- In one command, so that version and bytes change with the fact.
redis.call('HSET', context, field, value, '_version', string.format('%.0f', version), '_updatedAt', string.format('%.0f', updated), '_bytes', string.format('%.0f', bytes))

-- Takes the facts of an ended entity, but not that it ended. In one command: nobody sees its beginning without its end.
local function giveWay(entity, score)
  local live, last = entity .. '|live', entity .. '|end'
  local facts = redis.call('HMGET', context, live, last)
  local freed = size(live, facts[1]) + size(last, facts[2])
  if freed > 0 then
    bytes = math.max(bytes - freed, 0)
    floor = math.max(floor or score, score)
    redis.call('HSET', context, live, gaveWay, last, gaveWay, '_bytes', string.format('%.0f', bytes), '_floor', string.format('%.0f', floor))
  end
end

if ARGV[2] == 'end' then
  -- The tombstone goes last: as long as it is there, the next end completes what is left.
  local forgotten = redis.call('ZRANGEBYSCORE', tombstones, '-inf', string.format('%.0f', oldest), 'WITHSCORES', 'LIMIT', 0, 100)
  for index = 1, #forgotten, 2 do
    local entity = forgotten[index]
    giveWay(entity, tonumber(forgotten[index + 1]))
    redis.call('HDEL', context, entity .. '|live', entity .. '|end')
    redis.call('ZREM', tombstones, entity)
  end
  -- It came late: ends that are newer gave way already.
  if floor and ended <= floor then
    giveWay(ARGV[1], ended)
  end
end

-- The entities that ended first make room, by number and by bytes. Their tombstones stay.
local start = floor
local from = start and string.format('%.0f', start) or '-inf'
local count = redis.call('ZCOUNT', tombstones, start and '(' .. from or from, '+inf')
local offset = 0
while bytes > tonumber(ARGV[8]) or count > tonumber(ARGV[9]) do
  local page = redis.call('ZRANGEBYSCORE', tombstones, from, '+inf', 'WITHSCORES', 'LIMIT', offset, 20)
  if #page == 0 then
    break
  end
  for index = 1, #page, 2 do
    if bytes <= tonumber(ARGV[8]) and count <= tonumber(ARGV[9]) then
      break
    end
    local score = tonumber(page[index + 1])
    giveWay(page[index], score)
    if score ~= start then
      count = count - 1
    end
  end
  offset = offset + 20
end
if before <= tonumber(ARGV[8]) and bytes > tonumber(ARGV[8]) then
  return 2
end
return 1
