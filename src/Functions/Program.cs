using McpFunctions.Functions;
using McpFunctions.Functions.Delivery;
using McpFunctions.Functions.Http;
using McpFunctions.Functions.RateLimits;
using McpFunctions.Functions.Settings;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

FunctionsApplicationBuilder builder = FunctionsApplication.CreateBuilder(args);

builder.UseMiddleware<ProblemMiddleware>();
builder.UseMiddleware<AccessMiddleware>();
builder.UseMiddleware<RateLimitMiddleware>();

builder.Services.AddSingleton(TimeProvider.System);
builder.Services
    .AddDelivery(builder.Configuration)
    .AddAuth(builder.Configuration)
    .AddRateLimits(builder.Configuration)
    .AddFiles(builder.Configuration)
    .AddCommandsAndWorkflows()
    .AddHealth(builder.Configuration)
    .AddAudit()
    .AddNotifications()
    .AddOrchestrator();

IHost host = builder.Build();

// Before anything is started: to whom a setting is missing, a stack trace says nothing.
IReadOnlyList<string> problems = GatewaySettings.Problems(host.Services);
if (problems.Count > 0)
{
    Console.Error.WriteLine(string.Join(Environment.NewLine, problems));
    Environment.ExitCode = 1;
    return;
}

// A Redis on which no gateway can run ends the start as well; one that is away does not.
if (await host.Services.GetRequiredService<RedisRequirements>().FindUnusableAtStartAsync() is { } unusable)
{
    Console.Error.WriteLine(unusable);
    Environment.ExitCode = 1;
    return;
}

await host.RunAsync();
