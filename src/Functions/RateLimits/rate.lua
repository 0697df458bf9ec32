-- Counts a request of a credential.
-- KEYS[1] the credential's counter, which lives for a window
-- ARGV[1] the window in milliseconds
-- Answers how many requests there were in the window, this one included, and how many milliseconds of it are left.
local count = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  left = tonumber(ARGV[1])
end
return {count, left}
