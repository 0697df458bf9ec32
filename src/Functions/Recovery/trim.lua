-- Trims a journal and counts the removed entries, so that other missing entries are noticed.
-- KEYS[1] the journal, a stream
-- KEYS[2] the numbers of trimmed entries, a hash by event type
-- ARGV[1] the event type
-- ARGV[2] MINID: removes the entries before an id. OLDEST: removes a number of them, if the journal still begins as the caller saw it
-- ARGV[3] the id or the number
-- ARGV[4] for OLDEST, the id of the first entry that the caller saw
-- Returns the number of removed entries.
-- Count first: if Redis refuses to count, remove nothing, since uncounted entries would look lost. A full Redis counts after trimming.
local counter = redis.pcall('HINCRBY', KEYS[2], ARGV[1], 0)
if type(counter) == 'table' and counter.err and not string.find(counter.err, 'OOM', 1, true) then
  return counter
end
local trimmed
if ARGV[2] == 'MINID' then
  trimmed = redis.call('XTRIM', KEYS[1], 'MINID', ARGV[3])
else
  local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
  if not first or first[1] ~= ARGV[4] then
    return 0
  end
  trimmed = redis.call('XTRIM', KEYS[1], 'MAXLEN', redis.call('XLEN', KEYS[1]) - tonumber(ARGV[3]))
end
if trimmed > 0 then
  redis.call('HINCRBY', KEYS[2], ARGV[1], trimmed)
end
return trimmed
