-- Counts the journal entries that disappeared without the trimmer.
-- KEYS[1] the journal, a stream
-- KEYS[2] the number of trimmed entries
-- Returns the count; only a change of it means something. Returns nothing before Redis 7, which does not count added entries.
local info = redis.call('XINFO', 'STREAM', KEYS[1])
for index = 1, #info, 2 do
  if info[index] == 'entries-added' then
    return info[index + 1] - redis.call('XLEN', KEYS[1]) - (tonumber(redis.call('GET', KEYS[2])) or 0)
  end
end
return false
