-- Marks what a rebuild has filled as whole, if nothing of it was lost meanwhile.
-- KEYS[1] the hash that holds the mark
-- ARGV[1] the token that the rebuild left when it began
-- Answers 1 where it is marked, 0 where the token is gone: Redis was wiped, or another rebuild has begun since.
if redis.call('HGET', KEYS[1], '_rebuilding') ~= ARGV[1] then
  return 0
end
-- The mark comes last: without it, the next reader has everything filled again.
redis.call('HDEL', KEYS[1], '_rebuilding')
redis.call('HSET', KEYS[1], '_ready', '1')
return 1
