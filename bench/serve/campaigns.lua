-- What wrk asks for: the campaigns that follow `--`, in turn, as a visitor who has seen a banner and has other cookies.
local headers = { Accept = "*/*", Cookie = "session=0123456789abcdef; last=103" }
local campaigns = {}
local turn = 0

init = function(args)
  for i = 1, #args do
    campaigns[i] = wrk.format("GET", "/campaigns/" .. args[i], headers)
  end
end

request = function()
  turn = turn % #campaigns + 1
  return campaigns[turn]
end
