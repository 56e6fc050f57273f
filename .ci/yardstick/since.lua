-- Asks for announcements with a since that is new in every request and leaves the same rows.
local n = 0
function request()
  n = n + 1
  local us = string.format("%06d", n % 1000000)
  return wrk.format("GET", wrk.path .. "?since=" .. os.getenv("SINCE") .. "." .. us .. "Z")
end
