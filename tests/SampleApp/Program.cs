using McpFunctions.SampleApp;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;

// A function app with everything that a host could spoil, for the tests of the local host.
var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
// The limit is the host's.
builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.Limits.MaxRequestBodySize = null);

builder.Services.AddSingleton<Recorder>();
builder.Services.AddSingleton<Gate>();
builder.Services.AddHostedService<Farewell>();
builder.Services.AddOptions<SampleOptions>()
    .BindConfiguration("Sample")
    .Validate(options => options.Valid, "Sample:Valid must be true.")
    .ValidateOnStart();

builder.Build().Run();
