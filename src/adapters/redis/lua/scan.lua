-- One step of a scan, on one server with the marker there: an empty answer of another one would look like an end. A script, because what
-- stands behind MULTI is refused by a Redis above its `maxmemory`, reads too.
--
-- KEYS[1] marker of the pipeline
-- KEYS[2] hash whose fields are looked at; absent: keys are
-- ARGV[1] marker as the caller left it
-- ARGV[2] run id of the server that gave the cursor; empty: a scan begins
-- ARGV[3] cursor
-- ARGV[4] how many keys or fields are looked at
-- ARGV[5] pattern of keys
--
-- Reply: {'moved', marker or false} or {'scanned', run id, next cursor, {key, ...} or {field, value, ...}}. Changes nothing.
local marker = redis.call('HGET', KEYS[1], 'at')
local server = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
if marker ~= ARGV[1] or (ARGV[2] ~= '' and ARGV[2] ~= server) then
  return { 'moved', marker }
end
local scanned
if KEYS[2] then
  scanned = redis.call('HSCAN', KEYS[2], ARGV[3], 'COUNT', ARGV[4])
else
  scanned = redis.call('SCAN', ARGV[3], 'MATCH', ARGV[5], 'COUNT', ARGV[4])
end
return { 'scanned', server, scanned[1], scanned[2] }
