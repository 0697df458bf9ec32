using Microsoft.Azure.Functions.Worker;

namespace McpFunctions.FunctionsHost.Tests.Worker;

public sealed class SurfaceTests
{
    /// <summary>What compiles against the stand-in has to compile against the official packages: it shows nothing that they lack.</summary>
    [Fact]
    public void The_worker_shows_the_official_types_and_no_others() =>
        Assert.Equal(
            """
            Microsoft.Azure.Functions.Worker: AuthorizationLevel BindingContext BindingDirection BindingMetadata ExponentialBackoffRetryAttribute FixedDelayRetryAttribute FunctionAttribute FunctionContext FunctionContextBindingFeatureExtensions FunctionContextHttpRequestExtensions FunctionContextLoggerExtensions FunctionDefinition FunctionParameter HttpResultAttribute HttpTriggerAttribute IFunctionActivator IFunctionsWorkerApplicationBuilder IInvocationFeatures InputBindingData`1 InputConverterCollection InvocationResult InvocationResult`1 OutputBindingData`1 RetryAttribute RetryContext ScheduleStatus TimerInfo TimerTriggerAttribute TraceContext WorkerOptions
            Microsoft.Azure.Functions.Worker.Builder: FunctionsApplication FunctionsApplicationBuilder
            Microsoft.Azure.Functions.Worker.Converters: InputConverterAttribute
            Microsoft.Azure.Functions.Worker.Extensions.Abstractions: BindingAttribute BindingPropertyNameAttribute DefaultValueAttribute ExtensionInformationAttribute InputBindingAttribute OutputBindingAttribute TriggerBindingAttribute
            Microsoft.Azure.Functions.Worker.Extensions.Redis: ListDirection RedisInputAttribute RedisListTriggerAttribute RedisOutputAttribute RedisPubSubTriggerAttribute RedisStreamTriggerAttribute
            Microsoft.Azure.Functions.Worker.Http: FromBodyAttribute HttpCookie HttpCookies HttpHeadersCollection HttpRequestData HttpRequestDataExtensions HttpResponseData HttpResponseDataExtensions IHttpCookie SameSite
            Microsoft.Azure.Functions.Worker.Middleware: FunctionExecutionDelegate IFunctionsWorkerMiddleware
            Microsoft.Extensions.Hosting: MiddlewareWorkerApplicationBuilderExtensions WorkerHostBuilderExtensions
            """,
            string.Join(Environment.NewLine, typeof(FunctionAttribute).Assembly.GetExportedTypes()
                .GroupBy(type => type.Namespace)
                .OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group => $"{group.Key}: {string.Join(' ', group.Select(type => type.Name).Order(StringComparer.Ordinal))}")));
}
