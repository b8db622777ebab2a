-- Writes states, row owners and parked aggregates and moves the marker, only if the marker is where the caller left it (rule R6:
-- compare-and-set). All keys are in one slot, so this is one step of one replication stream: a replica has all of it or
-- nothing (rule R5). Running the same call again (a client that resends after a lost answer) changes nothing.
--
-- KEYS[1]    marker of the pipeline
-- KEYS[2]    hash of parked aggregates
-- KEYS[3..]  keys to write
-- ARGV[1]    marker as the caller left it; empty: there must be none
-- ARGV[2]    new marker
-- ARGV[3..]  new values in the order of KEYS[3..]; an empty value deletes
-- then pairs: parked aggregate, refusal code; an empty code removes it
--
-- Reply: {'saved'}, {'alreadyApplied'} or {'moved', marker or false}
local marker = redis.call('GET', KEYS[1])
if marker == ARGV[2] then
  return { 'alreadyApplied' }
end
if (marker or '') ~= ARGV[1] then
  return { 'moved', marker }
end
for i = 3, #KEYS do
  if ARGV[i] == '' then
    redis.call('DEL', KEYS[i])
  else
    redis.call('SET', KEYS[i], ARGV[i])
  end
end
for i = #KEYS + 1, #ARGV, 2 do
  if ARGV[i + 1] == '' then
    redis.call('HDEL', KEYS[2], ARGV[i])
  else
    redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
  end
end
redis.call('SET', KEYS[1], ARGV[2])
return { 'saved' }
