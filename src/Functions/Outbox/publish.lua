-- Publishes committed events, each once while its published marker lives. A failed event does not block the others.
-- KEYS[2n-1] the journal of the n-th event's type, a stream
-- KEYS[2n]   the n-th event's published marker
-- ARGV[1]    life of a marker in seconds
-- ARGV[2…]   for each event: the value of its marker, its channel, its JSON
-- Returns a text with 1 for each event that it published and 0 for each that it skipped or that failed; the number of them with another event's id; the first error, after which the
-- next try publishes the event again; and the first error of PUBLISH, which is only reported. An empty text: no error.
local isNew, conflicts, failure, unheard = '', 0, '', ''

local function errorOf(reply)
  return type(reply) == 'table' and reply.err or nil
end

for number = 1, #KEYS / 2 do
  local journal, marked = KEYS[2 * number - 1], KEYS[2 * number]
  local value, channel, event = ARGV[3 * number - 1], ARGV[3 * number], ARGV[3 * number + 1]
  local marker = redis.pcall('GET', marked)
  local problem, mark = errorOf(marker), '0'
  -- A marker of another format version cannot be compared, so it counts as this event's.
  local isOther = marker and not problem and marker ~= value and string.sub(marker, 1, 2) == string.sub(value, 1, 2)
  if not problem and (not marker or isOther) then
    problem = errorOf(redis.pcall('XADD', journal, '*', 'event', event))
    if not problem then
      -- Recovery reads the journal, so PUBLISH may fail. If a refusal withheld the marker, every try would add to the journal again.
      local refusal = errorOf(redis.pcall('PUBLISH', channel, event))
      if refusal and unheard == '' then
        unheard = refusal
      end
      -- Write the marker last: after a stop, the next try publishes the event again.
      problem = errorOf(redis.pcall('SET', marked, value, 'EX', ARGV[1]))
    end
    if not problem then
      mark = '1'
      if isOther then
        conflicts = conflicts + 1
      end
    end
  end
  if problem and failure == '' then
    failure = problem
  end
  isNew = isNew .. mark
end
return {isNew, conflicts, failure, unheard}
