-- Moves the marker from a restore to what was restored, only if every partition stands where the caller copied it to: a server that failed
-- over without the last copies has the restore's marker all the same.
--
-- KEYS[1]   marker of the pipeline
-- ARGV[1]   marker of the restore
-- ARGV[2]   marker afterwards
-- ARGV[3..] pairs: number of a partition, its place; empty: it was not begun
--
-- Reply: {'restored'}, {'alreadyApplied'} or {'moved', marker or false}
local marker = redis.call('HGET', KEYS[1], 'at')
if marker == ARGV[2] then
  return { 'alreadyApplied' }
end
if marker ~= ARGV[1] then
  return { 'moved', marker }
end
for i = 3, #ARGV, 2 do
  if (redis.call('HGET', KEYS[1], ARGV[i]) or '') ~= ARGV[i + 1] then
    return { 'moved', marker }
  end
end
redis.call('UNLINK', KEYS[1])
redis.call('HSET', KEYS[1], 'at', ARGV[2])
return { 'restored' }
