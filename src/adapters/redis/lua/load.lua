-- Reads whole hashes together with the marker, so that a Redis which was flushed, failed over or written by somebody else is noticed
-- before anything is decided on old values (rule R7).
--
-- KEYS[1]    marker of the pipeline
-- KEYS[2]    hash of the stubs
-- KEYS[3..]  hashes to read
-- ARGV[1]    marker as the caller left it
-- ARGV[2]    bytes of fields and values after which the reply ends; the hash that goes beyond is its last
-- ARGV[3]    characters of a key in front of the name of its hash; empty: stubs are not looked for
--
-- Reply: {'moved', marker or false} or {'loaded', {field, value, ...}, ...}, the first ones in the order of the keys, at least one. An
-- aggregate (its name does not begin with ~) that has no hash comes as its stub, under an empty field. Changes nothing.
local marker = redis.call('HGET', KEYS[1], 'at')
if marker ~= ARGV[1] then
  return { 'moved', marker }
end
local reply = { 'loaded' }
local left = tonumber(ARGV[2])
local before = tonumber(ARGV[3])
for i = 3, #KEYS do
  local cells = redis.call('HGETALL', KEYS[i])
  if before and #cells == 0 then
    local name = string.sub(KEYS[i], before + 1)
    local stub = string.sub(name, 1, 1) ~= '~' and redis.call('HGET', KEYS[2], name)
    if stub then
      cells = { '', stub }
    end
  end
  reply[i - 1] = cells
  for _, text in ipairs(cells) do
    left = left - #text
  end
  if left < 0 then
    break
  end
end
return reply
