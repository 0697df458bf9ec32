-- Marks a rebuilt hash as complete if Redis lost nothing meanwhile.
-- KEYS[1] the hash that holds the marker
-- ARGV[1] the token that the rebuild stored when it began
-- Returns 1 if it is marked, 0 if the token is gone: Redis was wiped, or another rebuild has begun since.
if redis.call('HGET', KEYS[1], '_rebuilding') ~= ARGV[1] then
  return 0
end
-- Write the marker last: without it, the next reader rebuilds everything again.
redis.call('HDEL', KEYS[1], '_rebuilding')
redis.call('HSET', KEYS[1], '_ready', '1')
return 1
