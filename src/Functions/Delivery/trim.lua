-- Trims the journal, and counts the entries that it takes: other entries that are missing were taken by somebody else.
-- KEYS[1] the journal, a stream
-- KEYS[2] how many entries were trimmed
-- ARGV[1] MINID or MAXLEN
-- ARGV[2] the id or the length
-- Answers how many entries it took.
-- If Redis refuses to count, nothing is taken: uncounted entries would look lost. A full Redis counts after it has trimmed.
local counter = redis.pcall('INCRBY', KEYS[2], 0)
if type(counter) == 'table' and counter.err and not string.find(counter.err, 'OOM', 1, true) then
  return counter
end
local trimmed = redis.call('XTRIM', KEYS[1], ARGV[1], ARGV[2])
if trimmed > 0 then
  redis.call('INCRBY', KEYS[2], trimmed)
end
return trimmed
