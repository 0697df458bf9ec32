-- Writes epochs if Redis still holds the previous ones.
-- KEYS[1] the epochs of a consumer, a hash by event type
-- ARGV    for each event type: its name, the epoch that was read (empty if there was none), and the new epoch
-- Returns the number of written epochs. An epoch is not written if Redis came back empty or with an old file meanwhile, which the next tick
-- must notice.
local written = 0
for index = 1, #ARGV, 3 do
  if (redis.call('HGET', KEYS[1], ARGV[index]) or '') == ARGV[index + 1] then
    redis.call('HSET', KEYS[1], ARGV[index], ARGV[index + 2])
    written = written + 1
  end
end
return written
