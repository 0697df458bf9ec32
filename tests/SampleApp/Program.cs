using McpFunctions.SampleApp;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;

// A function app for the tests of the local host, with everything that a host could break.
var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
// The host sets the limit.
builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.Limits.MaxRequestBodySize = null);

builder.Services.AddSingleton<Recorder>();
builder.Services.AddSingleton<Gate>();
builder.Services.AddHostedService<Farewell>();
builder.Services.AddOptions<SampleOptions>()
    .BindConfiguration("Sample")
    .Validate(options => options.Valid, "Sample:Valid must be true.")
    .ValidateOnStart();

builder.Build().Run();
