-- What wrk asks for: campaigns 10 to 59 in turn, as a visitor who has seen a banner.
local headers = { Accept = "*/*", Cookie = "session=0123456789abcdef; last=103" }
local campaign = 9

request = function()
  campaign = campaign < 59 and campaign + 1 or 10
  return wrk.format("GET", "/campaigns/" .. campaign, headers)
end
