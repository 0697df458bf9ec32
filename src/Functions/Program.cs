using McpFunctions.Functions;
using McpFunctions.Functions.Http;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

FunctionsApplicationBuilder builder = FunctionsApplication.CreateBuilder(args);

builder.UseMiddleware<ProblemMiddleware>();
builder.UseMiddleware<AccessMiddleware>();

builder.Services.AddSingleton(TimeProvider.System);
builder.Services
    .AddDelivery(builder.Configuration)
    .AddAuth(builder.Configuration)
    .AddFiles(builder.Configuration)
    .AddCommandsAndWorkflows()
    .AddAudit()
    .AddNotifications()
    .AddOrchestrator();

builder.Build().Run();
