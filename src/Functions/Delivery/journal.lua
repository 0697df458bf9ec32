-- Puts an event into the journal that is not there yet, without publishing it: one that came by a channel only, and failed.
-- KEYS[1] the journal, a stream
-- KEYS[2] the event's publish mark
-- ARGV[1] life of a mark in seconds
-- ARGV[2] the event's JSON
-- Answers 1 where it was put there, 0 where its mark says that it is there.
if redis.call('SET', KEYS[2], '1', 'NX', 'EX', ARGV[1]) then
  redis.call('XADD', KEYS[1], '*', 'event', ARGV[2])
  return 1
end
return 0
