-- Takes an event that a channel brought into the journal, unless it is there, and reads new entries of the journal.
-- KEYS[1] the journal of the event's type, a stream
-- KEYS[2] the event's published marker; none to read only
-- ARGV[1] the consumer group
-- ARGV[2] the instance that reads
-- ARGV[3] most entries to read; 0: none, since XREADGROUP COUNT 0 would read all
-- ARGV[4] most bytes to read; reading stops after the chunk that reaches them
-- ARGV[5] life of a marker in seconds
-- ARGV[6] the value of the event's marker
-- ARGV[7] 1 to add an event without a marker
-- ARGV[8] the event's JSON
-- Returns the state of the event: added, same (its marker is there), other (another event has its id), absent (not added), refused, or empty;
-- the error that refused it; the error of reading; and the entries, each with its id and its JSON.
-- It writes the marker last: after a stop, the next try adds the event again. Entries that were read before a stop stay pending.
local Chunk = 64
local state, refusal, problem, entries = '', '', '', {}

local function errorOf(reply)
  return type(reply) == 'table' and reply.err or nil
end

if KEYS[2] then
  local marker = redis.pcall('GET', KEYS[2])
  refusal = errorOf(marker) or ''
  if refusal ~= '' then
    state = 'refused'
  elseif marker then
    -- A marker of another format version cannot be compared, so it counts as this event's.
    state = (marker == ARGV[6] or string.sub(marker, 1, 2) ~= string.sub(ARGV[6], 1, 2)) and 'same' or 'other'
  elseif ARGV[7] == '1' then
    refusal = errorOf(redis.pcall('XADD', KEYS[1], '*', 'event', ARGV[8])) or errorOf(redis.pcall('SET', KEYS[2], ARGV[6], 'EX', ARGV[5])) or ''
    state = refusal == '' and 'added' or 'refused'
  else
    state = 'absent'
  end
end

local left, bytes = tonumber(ARGV[3]), tonumber(ARGV[4])
while left > 0 and bytes > 0 do
  local count = math.min(left, Chunk)
  local reply = redis.pcall('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', count, 'STREAMS', KEYS[1], '>')
  problem = errorOf(reply) or ''
  local found = problem == '' and reply and reply[1][2] or {}
  for _, entry in ipairs(found) do
    local event = ''
    for index = 1, #entry[2], 2 do
      if entry[2][index] == 'event' then
        event = entry[2][index + 1]
      end
    end
    entries[#entries + 1] = {entry[1], event}
    bytes = bytes - #event
  end
  left = #found == count and left - count or 0
end
return {state, refusal, problem, entries}
