-- Signs that an instance is alive, and forgets those that have been gone for an hour.
-- KEYS[1] the live instances, a sorted set by the time of their last sign in milliseconds
-- ARGV[1] the instance
-- Returns 1.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - 3600000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
return 1
