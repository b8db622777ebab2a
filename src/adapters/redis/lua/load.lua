-- Reads values together with the marker, so that a Redis which was flushed, failed over or written by somebody else is noticed
-- before anything is decided on old values (rule R7).
--
-- KEYS[1]    marker of the pipeline
-- KEYS[2..]  values to read
-- ARGV[1]    marker as the caller left it
-- ARGV[2]    bytes of values after which the reply ends; the value that goes beyond is its last
--
-- Reply: {'moved', marker or false} or {'loaded', value or false, ...}, the first ones in the order of the keys, at least one. Changes
-- nothing.
local marker = redis.call('GET', KEYS[1])
if marker ~= ARGV[1] then
  return { 'moved', marker }
end
local reply = { 'loaded' }
local left = tonumber(ARGV[2])
for i = 2, #KEYS do
  local value = redis.call('GET', KEYS[i])
  reply[i] = value
  left = left - #(value or '')
  if left < 0 then
    break
  end
end
return reply
