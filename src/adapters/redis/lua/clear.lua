-- One step of deleting every cell, only if the step before it is the last one that this server has: what another owner copies meanwhile is
-- not deleted, and a server that failed over without the last steps does not count as empty.
--
-- KEYS[1]   marker of the pipeline
-- KEYS[2..] keys to delete
-- ARGV[1]   marker as the step before left it
-- ARGV[2]   marker afterwards; empty: none
--
-- Reply: {'cleared'}, {'alreadyApplied'} or {'moved', marker or false}
local marker = redis.call('HGET', KEYS[1], 'at') or ''
if marker == ARGV[2] then
  return { 'alreadyApplied' }
end
if marker ~= ARGV[1] then
  return { 'moved', marker }
end
for i = 2, #KEYS do
  redis.call('UNLINK', KEYS[i])
end
-- Forgotten first, so that a Redis above its `maxmemory` takes the new one: room is being made.
redis.call('UNLINK', KEYS[1])
if ARGV[2] ~= '' then
  redis.call('HSET', KEYS[1], 'at', ARGV[2])
end
return { 'cleared' }
