-- Adds a notification to a user's inbox, once. All keys carry the user's hash tag.
-- KEYS[1] entries: sorted set, sequence -> notification JSON
-- KEYS[2] seen: sorted set, event time in ms -> event id
-- KEYS[3] meta: hash with last (sequence), floor (newest evicted event time in ms) and bytes (of all entries)
-- ARGV[1] event id
-- ARGV[2] event time in ms
-- ARGV[3] notification JSON
-- ARGV[4] retention in ms
-- ARGV[5] most entries kept
-- ARGV[6] channel that wakes waiting readers
-- ARGV[7] 1 if it comes from a rebuild
-- ARGV[8] most bytes of JSON kept
-- Returns the notification's sequence, or 0 if it is already known or older than the inbox keeps.
-- If the script stops midway, the next try with the same notification completes it, since seen is written last. Eviction comes after;
-- if it stops, the next notification completes it.
local entries, seen, meta = KEYS[1], KEYS[2], KEYS[3]
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local eventTime = tonumber(ARGV[2])

if redis.call('ZSCORE', seen, ARGV[1]) then
  return 0
end
local floor = tonumber(redis.call('HGET', meta, 'floor'))
if (floor and eventTime <= floor) or eventTime <= now - tonumber(ARGV[4]) then
  return 0
end

-- Microseconds: after a loss of Redis the sequence continues above every sequence that clients have seen.
local last = tonumber(redis.call('HGET', meta, 'last')) or 0
-- An entry without its id in seen comes from a try that stopped. Clients may have read it, so its sequence stays.
local sequence = tonumber(redis.call('ZSCORE', entries, ARGV[3]))
local isThere = sequence ~= nil
if not sequence and ARGV[7] == '1' and eventTime < now - 86400000 then
  -- Far in the past: a client that has seen it does not see it again, but a client that reads from the beginning does.
  sequence = eventTime * 1000
  while redis.call('ZCOUNT', entries, string.format('%.0f', sequence), string.format('%.0f', sequence)) > 0 do
    sequence = sequence + 1
  end
end
sequence = sequence or math.max(last + 1, tonumber(time[1]) * 1000000 + tonumber(time[2]))
local printed = string.format('%.0f', sequence)
-- One command that also stores the event id, so that a retry does not count the bytes twice.
local bytes = tonumber(redis.call('HGET', meta, 'bytes')) or 0
if not isThere and redis.call('HGET', meta, 'adding') ~= ARGV[1] then
  bytes = bytes + #ARGV[3]
end
redis.call('HSET', meta, 'last', string.format('%.0f', math.max(last, sequence)), 'bytes', string.format('%.0f', bytes), 'adding', ARGV[1])
redis.call('ZADD', entries, printed, ARGV[3])
redis.call('ZADD', seen, ARGV[2], ARGV[1])

-- Waiting readers also check by themselves.
local woken = redis.pcall('PUBLISH', ARGV[6], printed)

-- Raise the floor before evicting, so that a forgotten id cannot return. Never raise it above now: an event that another producer
-- dates far ahead would shut out all events until then.
local function evict(members)
  local raised = floor
  for index = 2, #members, 2 do
    local evicted = math.min(tonumber(members[index]), now)
    if not raised or evicted > raised then
      raised = evicted
    end
  end
  if raised ~= floor then
    floor = raised
    redis.call('HSET', meta, 'floor', string.format('%.0f', floor))
  end
  for index = 1, #members, 2 do
    redis.call('ZREM', seen, members[index])
  end
end
evict(redis.call('ZRANGEBYSCORE', seen, '-inf', string.format('%.0f', now - tonumber(ARGV[4])), 'WITHSCORES'))
local surplus = redis.call('ZCARD', seen) - tonumber(ARGV[5])
if surplus > 0 then
  evict(redis.call('ZRANGE', seen, 0, surplus - 1, 'WITHSCORES'))
end
-- Evict the oldest entries by age, number and bytes. The newest entry stays.
local count = redis.call('ZCARD', entries)
local function drop(members)
  for _, member in ipairs(members) do
    redis.call('ZREM', entries, member)
    bytes = bytes - #member
    count = count - 1
  end
end
drop(redis.call('ZRANGEBYSCORE', entries, '-inf', string.format('%.0f', (now - tonumber(ARGV[4])) * 1000)))
if count > tonumber(ARGV[5]) then
  drop(redis.call('ZRANGE', entries, 0, count - tonumber(ARGV[5]) - 1))
end
while bytes > tonumber(ARGV[8]) and count > 1 do
  drop(redis.call('ZRANGE', entries, 0, 0))
end
if count == 1 then
  bytes = #ARGV[3]
end
redis.call('HSET', meta, 'bytes', string.format('%.0f', bytes))
if type(woken) == 'table' and woken.err then
  return {printed, woken.err}
end
return {printed, ''}
