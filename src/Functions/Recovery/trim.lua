-- Trims a journal and counts the removed entries, so that other missing entries are noticed.
-- KEYS[1] the journal, a stream
-- KEYS[2] the numbers of trimmed entries, a hash by event type
-- ARGV[1] the event type
-- ARGV[2] MINID or MAXLEN
-- ARGV[3] the id or the length
-- Returns the number of removed entries.
-- Count first: if Redis refuses to count, remove nothing, since uncounted entries would look lost. A full Redis counts after trimming.
local counter = redis.pcall('HINCRBY', KEYS[2], ARGV[1], 0)
if type(counter) == 'table' and counter.err and not string.find(counter.err, 'OOM', 1, true) then
  return counter
end
local trimmed = redis.call('XTRIM', KEYS[1], ARGV[2], ARGV[3])
if trimmed > 0 then
  redis.call('HINCRBY', KEYS[2], ARGV[1], trimmed)
end
return trimmed
