-- Trims the journal, and counts what it takes: entries that are missing beyond this count were taken by somebody else.
-- KEYS[1] the journal, a stream
-- KEYS[2] how many entries were trimmed
-- ARGV[1] MINID or MAXLEN
-- ARGV[2] the id or the length
-- Answers how many entries it took.
local trimmed = redis.call('XTRIM', KEYS[1], ARGV[1], ARGV[2])
if trimmed > 0 then
  redis.call('INCRBY', KEYS[2], trimmed)
end
return trimmed
