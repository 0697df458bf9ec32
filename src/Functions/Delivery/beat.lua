-- Writes a consumer's beat, where the one before it is still there.
-- KEYS[1] the beat
-- KEYS[2] how many entries the consumer knows to be missing in the journal
-- ARGV[1] the beat as it was read; empty where there was none
-- ARGV[2] the new beat
-- ARGV[3] the number of missing entries that was answered by a replay; empty where it is not known
-- Answers 1 where it is written, 0 where Redis came back empty or with an old file since: the next tick must see that.
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then
  return 0
end
if ARGV[3] ~= '' then
  redis.call('SET', KEYS[2], ARGV[3])
end
-- The beat comes last: an old beat has the next tick replay once more, which changes nothing.
redis.call('SET', KEYS[1], ARGV[2])
return 1
