-- Claims pending entries for this instance. Each claim counts as an attempt.
-- KEYS[1] the journal, a stream
-- ARGV[1] the consumer group
-- ARGV[2] the instance that claims
-- ARGV[3…] for each entry: its id, its owner and its delivery count as the caller saw them
-- Returns for each claimed entry its id, its JSON and its new delivery count; and for each entry that the journal no longer has its id, an
-- empty text and 0. An entry whose owner or count has changed is left out.
local claimed = {}
for index = 3, #ARGV, 3 do
  local id = ARGV[index]
  local pending = redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1)[1]
  if pending and pending[2] == ARGV[index + 1] and pending[4] == tonumber(ARGV[index + 2]) then
    -- Before XCLAIM, which drops an entry that was trimmed.
    local entry = redis.call('XRANGE', KEYS[1], id, id)[1]
    if entry then
      redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, id, 'RETRYCOUNT', pending[4] + 1, 'JUSTID')
      local event = ''
      for field = 1, #entry[2], 2 do
        if entry[2][field] == 'event' then
          event = entry[2][field + 1]
        end
      end
      claimed[#claimed + 1] = {id, event, pending[4] + 1}
    else
      claimed[#claimed + 1] = {id, '', 0}
    end
  end
end
return claimed
