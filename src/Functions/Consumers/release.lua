-- Hands back entries that this instance could not handle. They wait for their next attempt.
-- KEYS[1] the journal, a stream
-- ARGV[1] the consumer group
-- ARGV[2] the instance that has them
-- ARGV[3…] for each entry: its id, its delivery count as the handler saw it, and the delivery count that it gets
-- Returns the number of entries that were handed back. An entry that another instance has claimed meanwhile stays as it is, and so does one that
-- the journal no longer has: XCLAIM would drop it unseen.
local released = 0
for index = 3, #ARGV, 3 do
  local id = ARGV[index]
  local pending = redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1)[1]
  if pending and pending[2] == ARGV[2] and pending[4] == tonumber(ARGV[index + 1]) and #redis.call('XRANGE', KEYS[1], id, id) > 0 then
    redis.call('XCLAIM', KEYS[1], ARGV[1], '~failed', 0, id, 'RETRYCOUNT', ARGV[index + 2], 'JUSTID')
    released = released + 1
  end
end
return released
