-- Reads values together with the marker, so that a Redis which was flushed, failed over or written by somebody else is noticed
-- before anything is decided on old values (rule R7).
--
-- KEYS[1]    marker of the pipeline
-- KEYS[2..]  values to read
-- ARGV[1]    marker as the caller left it
--
-- Reply: {'moved', marker or false} or {'loaded', value or false, ...} in the order of the keys. Changes nothing.
local marker = redis.call('GET', KEYS[1])
if marker ~= ARGV[1] then
  return { 'moved', marker }
end
local reply = { 'loaded' }
for i = 2, #KEYS do
  reply[i] = redis.call('GET', KEYS[i])
end
return reply
