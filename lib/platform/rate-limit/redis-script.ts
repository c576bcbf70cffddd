/** A window is cut into this many slots; what is admitted in one slot leaves the window together. */
export const SLOTS_PER_WINDOW = 64;

/**
 * Decides a batch of requests in one call, by the clock of Redis.
 * KEYS: the counters, each once, and after them where the beginning of the counting is kept, if that is wanted. ARGV[1]:
 * for each counter quota and window in ms (two doubles). ARGV[2]: for each request the number of its limits (1 byte), then for each limit the counter (4 bytes, from 1), the cost (4 bytes) and
 * 1 where it is a shadow (1 byte). Little-endian.
 * A counter is stored as what it counts (8 bytes), then slots: number (6 bytes) and count (4 bytes), oldest first. A slot
 * counts until a whole window after its end: never less than a window, at most 1/64 longer. After the clock went back
 * later slots are taken for the present one. What is no counter is taken for an empty one: it costs its own subject a
 * fresh window, and nobody else anything.
 * Returns for each counter what it counts and ms until the oldest of it leaves (8 + 4 bytes), then for each request ms
 * until its enforced limits have room (4 bytes, 0 where it is admitted) and 1 for each limit that refuses (1 byte each),
 * then since when Redis counts (8 bytes, ms of its clock): another moment than before says that counters were lost.
 */
export const LIMIT_SCRIPT = `
local unpack_, pack, sub = struct.unpack, struct.pack, string.sub
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local values = redis.call('MGET', unpack(KEYS))
local limits = ARGV[1]
local counters = #limits / 16
local bodies, froms, useds, addeds, quotas, spans, slots, windows = {}, {}, {}, {}, {}, {}, {}, {}
local moved = {}
for k = 1, counters do
  local quota, window = unpack_('<dd', limits, 16 * k - 15)
  local span = math.ceil(window / ${SLOTS_PER_WINDOW})
  local slot = math.floor(now / span)
  local body, used, from = values[k] or '', 0, 9
  if #body < 18 or (#body - 8) % 10 ~= 0 then body = '' end
  if body ~= '' then
    used = unpack_('<d', body, 1)
    if used ~= used or used < 0 or used > 1e15 then body, used = '', 0 end
  end
  if body ~= '' then
    local length = #body
    if unpack_('<I6', body, length - 9) > slot then
      local present, at = 0, length - 9
      while at >= 9 do
        local number, count = unpack_('<I6I4', body, at)
        if number < slot then break end
        present = present + count
        at = at - 10
      end
      body = sub(body, 1, at + 9) .. pack('<I6I4', slot, present)
      length = #body
      moved[k] = true
    end
    local oldest = now - window
    while from < length do
      local number, count = unpack_('<I6I4', body, from)
      if (number + 1) * span > oldest then break end
      used = used - count
      from = from + 10
    end
  end
  bodies[k], froms[k], useds[k], addeds[k] = body, from, used, 0
  quotas[k], spans[k], slots[k], windows[k] = quota, span, slot, window
end

local function wait(k, cost)
  local excess, body, at = useds[k] + cost - quotas[k], bodies[k], froms[k]
  while at < #body do
    local number, count = unpack_('<I6I4', body, at)
    excess = excess - count
    if excess <= 0 then return (number + 1) * spans[k] + windows[k] - now end
    at = at + 10
  end
  return windows[k]
end

local answers, requests, at, length = {}, ARGV[2], 1, #ARGV[2]
while at <= length do
  local n = string.byte(requests, at)
  at = at + 1
  local first, flags, isAllowed, retry = at, {}, true, 0
  for i = 1, n do
    local k, cost, shadow = unpack_('<I4I4B', requests, at)
    at = at + 9
    if useds[k] + cost > quotas[k] then
      flags[i] = '\\1'
      if shadow == 0 then
        isAllowed = false
        retry = math.max(retry, wait(k, cost), 1)
      end
    else
      flags[i] = '\\0'
    end
  end
  if isAllowed then
    for i = 1, n do
      if flags[i] == '\\0' then
        local k, cost = unpack_('<I4I4', requests, first)
        useds[k] = useds[k] + cost
        addeds[k] = addeds[k] + cost
      end
      first = first + 9
    end
  end
  answers[#answers + 1] = pack('<I4', retry) .. table.concat(flags)
end

local states = {}
for k = 1, counters do
  local body, from, added, slot = bodies[k], froms[k], addeds[k], slots[k]
  local reset = 0
  if added > 0 or moved[k] then
    local rest = sub(body, from)
    local last = #rest - 9
    if last > 0 then
      local number, count = unpack_('<I6I4', rest, last)
      if number == slot then
        rest = sub(rest, 1, last - 1)
        added = added + count
      end
    end
    body = pack('<d', useds[k]) .. rest
    if added > 0 then body = body .. pack('<I6I4', slot, added) end
    from = 9
    redis.call('SET', KEYS[k], body, 'PX', windows[k] + 2 * spans[k])
  end
  if from < #body then
    reset = (unpack_('<I6', body, from) + 1) * spans[k] + windows[k] - now
  end
  states[k] = pack('<dI4', useds[k], reset)
end
local since = ''
if #KEYS > counters then
  since = values[#KEYS]
  if not since or #since ~= 8 then
    since = pack('<d', now)
    redis.call('SET', KEYS[#KEYS], since)
  end
end
return table.concat(states) .. table.concat(answers) .. since
`;
