-- Writes a consumer's epoch if Redis still holds the previous one.
-- KEYS[1] the epoch
-- KEYS[2] the number of journal entries that the consumer knows to be missing
-- ARGV[1] the epoch that was read; empty if there was none
-- ARGV[2] the new epoch
-- ARGV[3] the number of missing entries that a replay covers; empty if unknown
-- Returns 1 if it is written, 0 if Redis came back empty or with an old file meanwhile, which the next tick must notice.
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then
  return 0
end
if ARGV[3] ~= '' then
  redis.call('SET', KEYS[2], ARGV[3])
end
-- Write the epoch last: after a stop, the next tick replays once more, which changes nothing.
redis.call('SET', KEYS[1], ARGV[2])
return 1
