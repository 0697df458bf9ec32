-- Publishes events that storage has committed, each at most once while its mark lives.
-- KEYS[1]  the journal, a stream
-- KEYS[2…] an event's publish mark, one for each event
-- ARGV[1]  life of a mark in seconds
-- ARGV[2…] for each event: its channel, its JSON
-- Answers how many were published.
local published = 0
for index = 2, #KEYS do
  local channel = ARGV[2 * index - 2]
  local event = ARGV[2 * index - 1]
  if redis.call('SET', KEYS[index], '1', 'NX', 'EX', ARGV[1]) then
    redis.call('XADD', KEYS[1], '*', 'event', event)
    redis.call('PUBLISH', channel, event)
    published = published + 1
  end
end
return published
