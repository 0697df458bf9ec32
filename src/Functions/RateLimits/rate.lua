-- Counts a request of a user.
-- KEYS[1] the user's counter, which lives for a window
-- ARGV[1] the window in milliseconds
-- Returns the number of requests in the window, including this one, and the milliseconds that are left of it.
-- Set the expiry together with the counter: without an expiry it would count for ever.
redis.call('SET', KEYS[1], 0, 'PX', ARGV[1], 'NX')
local left = redis.call('PTTL', KEYS[1])
return {redis.call('INCR', KEYS[1]), left}
