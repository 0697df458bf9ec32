using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Hosting;
using Microsoft.Extensions.Configuration;

namespace Microsoft.Extensions.Hosting;

/// <summary>Makes a Functions worker of a host.</summary>
public static class WorkerHostBuilderExtensions
{
    /// <summary>Adds the worker's services, settings, logging and pipeline.</summary>
    /// <param name="builder">The host's builder.</param>
    /// <returns>The builder.</returns>
    public static IHostBuilder ConfigureFunctionsWorkerDefaults(this IHostBuilder builder) =>
        builder.ConfigureFunctionsWorkerDefaults((_, _) => { }, null);

    /// <summary>Adds the worker's services, settings, logging and pipeline.</summary>
    /// <param name="builder">The host's builder.</param>
    /// <param name="configure">Adds services and steps that come before the worker's own.</param>
    /// <returns>The builder.</returns>
    public static IHostBuilder ConfigureFunctionsWorkerDefaults(
        this IHostBuilder builder, Action<IFunctionsWorkerApplicationBuilder> configure) =>
        builder.ConfigureFunctionsWorkerDefaults(configure, null);

    /// <summary>Adds the worker's services, settings, logging and pipeline.</summary>
    /// <param name="builder">The host's builder.</param>
    /// <param name="configureOptions">Sets the worker's options.</param>
    /// <returns>The builder.</returns>
    public static IHostBuilder ConfigureFunctionsWorkerDefaults(this IHostBuilder builder, Action<WorkerOptions> configureOptions) =>
        builder.ConfigureFunctionsWorkerDefaults((_, _) => { }, configureOptions);

    /// <summary>Adds the worker's services, settings, logging and pipeline.</summary>
    /// <param name="builder">The host's builder.</param>
    /// <param name="configure">Adds services and steps that come before the worker's own.</param>
    /// <param name="configureOptions">Sets the worker's options.</param>
    /// <returns>The builder.</returns>
    public static IHostBuilder ConfigureFunctionsWorkerDefaults(
        this IHostBuilder builder, Action<IFunctionsWorkerApplicationBuilder> configure, Action<WorkerOptions>? configureOptions)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return builder.ConfigureFunctionsWorkerDefaults((_, worker) => configure(worker), configureOptions);
    }

    /// <summary>Adds the worker's services, settings, logging and pipeline.</summary>
    /// <param name="builder">The host's builder.</param>
    /// <param name="configure">Adds services and steps that come before the worker's own.</param>
    /// <returns>The builder.</returns>
    public static IHostBuilder ConfigureFunctionsWorkerDefaults(
        this IHostBuilder builder, Action<HostBuilderContext, IFunctionsWorkerApplicationBuilder> configure) =>
        builder.ConfigureFunctionsWorkerDefaults(configure, null);

    /// <summary>Adds the worker's services, settings, logging and pipeline.</summary>
    /// <param name="builder">The host's builder.</param>
    /// <param name="configure">Adds services and steps that come before the worker's own.</param>
    /// <param name="configureOptions">Sets the worker's options.</param>
    /// <returns>The builder.</returns>
    public static IHostBuilder ConfigureFunctionsWorkerDefaults(
        this IHostBuilder builder,
        Action<HostBuilderContext, IFunctionsWorkerApplicationBuilder> configure,
        Action<WorkerOptions>? configureOptions)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);

        return builder
            .ConfigureHostConfiguration(configuration => configuration.AddEnvironmentVariables(WorkerSettings.EnvironmentPrefix))
            .ConfigureAppConfiguration(configuration => configuration.AddWorkerSettings(Environment.GetCommandLineArgs().Skip(1)))
            .ConfigureServices((context, services) =>
            {
                var worker = services.AddFunctionsWorker(configureOptions);
                configure(context, worker);
                worker.UseDefaultWorkerMiddleware();
            })
            .UseDefaultServiceProvider((context, options) => options.ValidateScopes = context.HostingEnvironment.IsDevelopment());
    }
}
