-- Counts the entries of the journal that somebody else than the trimmer has taken.
-- KEYS[1] the journal, a stream
-- KEYS[2] how many entries were trimmed
-- Answers the count; only a change of it has a meaning. Nothing before Redis 7, which does not count what was added.
local info = redis.call('XINFO', 'STREAM', KEYS[1])
for index = 1, #info, 2 do
  if info[index] == 'entries-added' then
    return info[index + 1] - redis.call('XLEN', KEYS[1]) - (tonumber(redis.call('GET', KEYS[2])) or 0)
  end
end
return false
