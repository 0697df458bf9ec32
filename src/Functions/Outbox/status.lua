-- Reads the state of journals and of their consumer groups. Changes nothing.
-- KEYS[1]  the numbers of trimmed entries, a hash by event type
-- KEYS[2…] journals, streams
-- ARGV     the event type of each journal
-- Returns the time in milliseconds, then for each journal:
--   its length
--   its first entry
--   the number of entries that disappeared untrimmed, of which only a change means something; empty before Redis 7, which does not count added
--   entries, and if the number of trimmed ones cannot be read
--   for each group: its name; the number of unread entries, empty if Redis does not know it, as after one was deleted; the first of them; the
--   number of pending entries; the first of them; and the number of pending entries that failed
--   the error if it cannot be read
local function fields(list)
  local map = {}
  for index = 1, #list, 2 do
    map[list[index]] = list[index + 1]
  end
  return map
end

local function errorOf(reply)
  return type(reply) == 'table' and reply.err or nil
end

local function missingOf(stream, eventType)
  local trimmed = redis.pcall('HGET', KEYS[1], eventType)
  if errorOf(trimmed) or not stream['entries-added'] then
    return ''
  end
  return stream['entries-added'] - stream['length'] - (tonumber(trimmed) or 0)
end

local function statusOf(journal, eventType)
  if redis.call('EXISTS', journal) == 0 then
    -- As an empty journal, which it will be: else the first entries that it loses would not be noticed.
    return {0, '', missingOf({['entries-added'] = 0, ['length'] = 0}, eventType), {}, ''}
  end
  local stream = fields(redis.call('XINFO', 'STREAM', journal))
  local missing, groups = missingOf(stream, eventType), {}
  for _, reply in ipairs(redis.call('XINFO', 'GROUPS', journal)) do
    local group = fields(reply)
    local unread = redis.call('XRANGE', journal, '(' .. group['last-delivered-id'], '+', 'COUNT', 1)
    local pending = redis.call('XPENDING', journal, group['name'])
    local failed = 0
    for _, owner in ipairs(pending[4] or {}) do
      if owner[1] == '~failed' then
        failed = tonumber(owner[2])
      end
    end
    groups[#groups + 1] = {group['name'], group['lag'] or '', unread[1] and unread[1][1] or '', pending[1], pending[2] or '', failed}
  end
  return {stream['length'], stream['first-entry'] and stream['first-entry'][1] or '', missing, groups, ''}
end

local time = redis.call('TIME')
local result = {tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)}
for index = 2, #KEYS do
  -- A journal that cannot be read holds up no other.
  local isRead, status = pcall(statusOf, KEYS[index], ARGV[index - 1])
  result[index] = isRead and status or {0, '', '', {}, type(status) == 'table' and status.err or tostring(status)}
end
return result
