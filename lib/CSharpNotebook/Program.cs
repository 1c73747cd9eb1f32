System.Runtime.ExceptionServices.ExceptionHandling.SetUnhandledExceptionHandler(CSharpNotebook.StopPoint.IsOfStop);
return Commands.Run(args, Console.Out, Console.Error);
