using McpFunctions.Functions;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Http;
using McpFunctions.Functions.RateLimits;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Timers;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

FunctionsApplicationBuilder builder = FunctionsApplication.CreateBuilder(args);

builder.ConfigureFunctionsWebApplication();
builder.UseWhen<TickMiddleware>(TickMiddleware.IsTimer);
builder.UseWhen<ProblemMiddleware>(HttpFunction.IsOne);
builder.UseWhen<AccessMiddleware>(HttpFunction.IsOne);
builder.UseWhen<RateLimitMiddleware>(HttpFunction.IsOne);
builder.UseWhen<IdempotencyMiddleware>(HttpFunction.IsOne);

builder.Services.AddGateway(builder.Configuration);

IHost host = builder.Build();

// Check settings before anything starts: a stack trace does not help with a missing setting.
IReadOnlyList<string> problems = GatewaySettings.Problems(host.Services);
if (problems.Count > 0)
{
    Console.Error.WriteLine(string.Join(Environment.NewLine, problems));
    Environment.ExitCode = 1;
    return;
}

// A Redis that lacks required features also prevents the start. A Redis that is down does not.
if (await host.Services.GetRequiredService<RedisRequirements>().FindUnusableAtStartAsync() is { } unusable)
{
    Console.Error.WriteLine(unusable);
    Environment.ExitCode = 1;
    return;
}

await host.RunAsync();
