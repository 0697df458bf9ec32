-- Puts an event that came only by its channel into the journal. Does not publish it again.
-- KEYS[1] the journal, a stream
-- KEYS[2] the event's published marker
-- ARGV[1] life of a marker in seconds
-- ARGV[2] the value of its marker
-- ARGV[3] the event's JSON
-- Returns 1 if the event was added, 0 if it exists already, -1 if another event has its id.
local marker = redis.call('GET', KEYS[2])
if marker then
  -- A marker of another format version cannot be compared, so it counts as this event's.
  return (marker == ARGV[2] or string.sub(marker, 1, 2) ~= string.sub(ARGV[2], 1, 2)) and 0 or -1
end
redis.call('XADD', KEYS[1], '*', 'event', ARGV[3])
-- Write the marker last: after a stop, the next try adds the event again.
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[1])
return 1
