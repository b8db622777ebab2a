-- Writes states and row owners and moves the marker, only if the marker is where the caller left it (rule R6: compare-and-set).
-- All keys are in one slot, so this is one step of one replication stream: a replica has all of it or nothing (rule R5).
-- Running the same call again (a client that resends after a lost answer) changes nothing.
--
-- KEYS[1]    marker of the pipeline
-- KEYS[2..]  keys to write
-- ARGV[1]    marker as the caller left it; empty: there must be none
-- ARGV[2]    new marker
-- ARGV[3..]  new values in the order of the keys; an empty value deletes
--
-- Reply: {'saved'}, {'alreadyApplied'} or {'moved', marker or false}
local marker = redis.call('GET', KEYS[1])
if marker == ARGV[2] then
  return { 'alreadyApplied' }
end
if (marker or '') ~= ARGV[1] then
  return { 'moved', marker }
end
for i = 2, #KEYS do
  local value = ARGV[i + 1]
  if value == '' then
    redis.call('DEL', KEYS[i])
  else
    redis.call('SET', KEYS[i], value)
  end
end
redis.call('SET', KEYS[1], ARGV[2])
return { 'saved' }
