-- Counts a request of a user.
-- KEYS[1] the user's counter, which lives for a window
-- ARGV[1] the window in milliseconds
-- Answers how many requests there were in the window, this one included, and how many milliseconds of it are left.
-- The counter has its expiry from the start: without one, it would count for ever.
redis.call('SET', KEYS[1], 0, 'PX', ARGV[1], 'NX')
local left = redis.call('PTTL', KEYS[1])
return {redis.call('INCR', KEYS[1]), left}
