-- Removes an instance from a consumer group if it owns nothing. Removing an owner of entries would lose them.
-- KEYS[1] the journal, a stream
-- ARGV[1] the consumer group
-- ARGV[2] the instance
-- Returns 1 if it is removed.
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) > 0 then
  return 0
end
redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
return 1
