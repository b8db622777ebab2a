-- Reads fields of one hash together with the marker (see load.lua).
--
-- KEYS[1]   marker of the pipeline
-- KEYS[2]   hash to read
-- ARGV[1]   marker as the caller left it
-- ARGV[2]   bytes of values after which the reply ends; the value that goes beyond is its last
-- ARGV[3..] fields
--
-- Reply: {'moved', marker or false} or {'loaded', value or false, ...}, the first ones in the order of the fields, at least one.
-- Changes nothing.
local marker = redis.call('HGET', KEYS[1], 'at')
if marker ~= ARGV[1] then
  return { 'moved', marker }
end
local reply = { 'loaded' }
local left = tonumber(ARGV[2])
for i = 3, #ARGV do
  local value = redis.call('HGET', KEYS[2], ARGV[i])
  reply[i - 1] = value
  left = left - #(value or '')
  if left < 0 then
    break
  end
end
return reply
