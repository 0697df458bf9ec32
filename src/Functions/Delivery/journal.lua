-- Puts an event into the journal that came by its channel only. It is not published again.
-- KEYS[1] the journal, a stream
-- KEYS[2] the event's published marker
-- ARGV[1] life of a marker in seconds
-- ARGV[2] the value of its marker
-- ARGV[3] the event's JSON
-- Answers 1 if the event was put there, 0 if it is there already, -1 if another event has its id.
local marker = redis.call('GET', KEYS[2])
if marker then
  -- Markers of another format version cannot be compared. They stand for the event.
  return (marker == ARGV[2] or string.sub(marker, 1, 2) ~= string.sub(ARGV[2], 1, 2)) and 0 or -1
end
redis.call('XADD', KEYS[1], '*', 'event', ARGV[3])
-- The marker comes last: an event without it is put there again.
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[1])
return 1
